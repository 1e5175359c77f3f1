#include "allocation_count.h"

#include <errno.h>
#include <stddef.h>

/* In front of glibc's own, for everything in the process. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local uint64_t octets;

uint64_t allocated_octets(void) { return octets; }

void *malloc(size_t size) {
    octets += size;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    octets += count * size;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    octets += size;
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    octets += size;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    octets += size;
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *place = memory;
    return 0;
}
