/* libsrtp2 (BSD-3-Clause, linked dynamically): SRTP and SRTCP, RFC 3711. */
#include <srtp2/srtp.h>
