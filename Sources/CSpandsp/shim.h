/* libspandsp (LGPL-2.1, linked dynamically): its G.722 alone. <spandsp.h> as a whole wants libtiff and what Swift cannot import. */
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
