#include <stdint.h>
/* Octets that the calling thread has ever allocated; 0 when jemalloc is not there to tell. */
uint64_t allocated_octets(void);
