/* What Swift's view of glibc lacks for starting a program: posix_spawn with everything but its three streams closed. */
#ifndef CHILD_PROCESS_H
#define CHILD_PROCESS_H

#include <sys/types.h>

/* An unnamed file in memory, closed on exec; -1 with errno. */
int child_process_memory(void);

/* Starts `path` in a process group of its own, with default signals. It reads `input`; `output` and `errors` are set to the ends that
   the parent reads. 0, or an error number. */
int child_process_start(const char *path, char *const argv[], char *const envp[], int input, int *output, int *errors, pid_t *child);

#endif
