/* libebur128 (MIT, linked dynamically): loudness by EBU R128 and ITU-R BS.1770. */
#include <ebur128.h>
