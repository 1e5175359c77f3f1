#include "allocation_count.h"

#include <stddef.h>

int mallctl(const char *name, void *old, size_t *old_length, void *new_value, size_t new_length);

uint64_t allocated_octets(void) {
    uint64_t octets = 0;
    size_t length = sizeof octets;
    return mallctl("thread.allocated", &octets, &length, NULL, 0) == 0 ? octets : 0;
}
