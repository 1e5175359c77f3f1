/* Prints the keys that libspandsp's detector finds in raw 16-bit samples at 8 kHz on standard input: `down 1 OFFSET`, offset of the block
   that told it. An argument "dial" switches its dial tone filter on.  cc -O2 -o reference reference.c -lspandsp */
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>

int main(int count, char **arguments)
{
    dtmf_rx_state_t *state = dtmf_rx_init(NULL, NULL, NULL);
    int16_t samples[160];
    char digits[130];
    long offset = 0, frames = 0;
    size_t got;
    /* Its default twists are 8 and 4 dB. Negative: leave as it is. */
    dtmf_rx_parms(state, count > 1 && !strcmp(arguments[1], "dial"), -1, -1, -99);
    while ((got = fread(samples, 2, 160, stdin)) > 0) {
        dtmf_rx(state, samples, (int) got);
        frames++;
        offset += got;
        size_t found = dtmf_rx_get(state, digits, 128);
        for (size_t index = 0; index < found; index++)
            printf("down %c %ld\n", digits[index], offset);
    }
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    printf("# frames %ld ns/frame %ld\n", frames, frames ? (spent.tv_sec * 1000000000L + spent.tv_nsec) / frames : 0);
    return 0;
}
