// Nothing to call: whoever links this has jemalloc(3) for its malloc(3), with the settings of CAllocator.c.
//
// A call makes and frees some hundreds of small objects, and 32 s later what its transactions kept. glibc's allocator costs more for
// that, and holds on to what a busy hour took; jemalloc gives pages that nobody has used for ten seconds back to the system.
#ifndef ANTIPHON_CALLOCATOR_H
#define ANTIPHON_CALLOCATOR_H

/// Read by jemalloc before `main` (jemalloc(3), "TUNING").
extern const char *malloc_conf;

#endif
