/* c-ares (MIT, linked dynamically): asks name servers without waiting for them. */
#include <ares.h>
#include <arpa/nameser.h>
