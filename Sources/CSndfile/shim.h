/* libsndfile (LGPL-2.1-or-later, linked dynamically): reads prompts, writes recordings. */
#include <sndfile.h>
