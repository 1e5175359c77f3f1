/* libspeexdsp (BSD-3-Clause, linked dynamically): its resampler. */
#include <speex/speex_resampler.h>
