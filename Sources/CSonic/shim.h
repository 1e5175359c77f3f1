/* libsonic (Apache-2.0, linked dynamically): speech at another speed, by pitch periods. */
#include <sonic.h>
