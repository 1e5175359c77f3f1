/* libsoxr (LGPL-2.1-or-later, linked dynamically): brings files to another rate. */
#include <soxr.h>
