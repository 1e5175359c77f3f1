// Thin shim: what Swift cannot spell of recvmsg(2), whose control messages are reached through macros only.
//
// Packets go through syscall(2): libc's recvmsg and sendto are cancellation points (pthreads(7)), which costs each call two atomic
// operations in a process of several threads, a twentieth of what an echoed packet costs in all. No thread here is ever cancelled.
#ifndef ANTIPHON_CMEDIASOCKETS_H
#define ANTIPHON_CMEDIASOCKETS_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// Room for an IPv4 or IPv6 address as the kernel writes it.
union media_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/// Reads one datagram without waiting. Returns its length, or -errno. `arrival` becomes the kernel's arrival time
/// (CLOCK_REALTIME, ns), 0 where it gave none; `source` the sender, unless it is null: a connected socket has one only. A datagram longer than `capacity` is cut.
static inline ssize_t media_receive(int fd, void *bytes, size_t capacity, union media_address *source, int64_t *arrival) {
  char control[CMSG_SPACE(sizeof(struct timespec))];
  struct iovec part = {bytes, capacity};
  struct msghdr message;
  message.msg_name = source;
  message.msg_namelen = source ? sizeof *source : 0;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  message.msg_flags = 0;
  ssize_t length = syscall(SYS_recvmsg, fd, &message, MSG_DONTWAIT);
  if (length < 0) return -errno;
  *arrival = 0;
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
    *arrival = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
  }
  return length;
}

/// Sends one datagram to the connected peer, or to `target` where given. Returns the length, or -errno.
static inline ssize_t media_send(int fd, const void *bytes, size_t length, const union media_address *target) {
  socklen_t size = target ? (target->any.sa_family == AF_INET6 ? sizeof target->v6 : sizeof target->v4) : 0;
  ssize_t sent = syscall(SYS_sendto, fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, target ? &target->any : 0, size);
  return sent < 0 ? -errno : sent;
}

/// Brings memory near that will be touched in a microsecond: the state of the session whose turn comes next.
static inline void media_prefetch(const void *start, size_t length) {
  for (size_t offset = 0; offset < length; offset += 64) __builtin_prefetch((const char *)start + offset, 1, 3);
}

/// Asks the kernel to stamp arrivals (SO_TIMESTAMPNS) and to mark what is sent with a DSCP (RFC 2474).
static inline int media_prepare(int fd, int family, int dscp) {
  int on = 1, tos = dscp << 2;
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) return -errno;
  if (family == AF_INET6) {
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos) < 0) return -errno;
  } else if (setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) < 0) {
    return -errno;
  }
  return 0;
}

#endif
