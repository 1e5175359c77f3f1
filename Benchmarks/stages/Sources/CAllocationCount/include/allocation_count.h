#include <stdint.h>
/* Octets that the calling thread has ever allocated. */
uint64_t allocated_octets(void);
