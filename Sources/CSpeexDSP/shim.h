/* libspeexdsp (BSD, linked dynamically): takes noise out of voices in rooms. */
#include <speex/speex_preprocess.h>
