#include "CMediaSockets.h"
