#include "CAllocator.h"

// Few arenas: one thread makes and frees nearly all, and more only scatter it. The background thread gives unused pages back also when
// nothing is allocated any more.
const char *malloc_conf = "narenas:2,background_thread:true,dirty_decay_ms:10000,muzzy_decay_ms:0";
