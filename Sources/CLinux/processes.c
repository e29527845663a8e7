#define _GNU_SOURCE
#include "processes.h"
#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

extern char **environ;

pid_t clinux_fork(void) {
  pid_t child = fork();
  return child < 0 ? -errno : child;
}

int clinux_socket_pair(int *first, int *second) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -errno;
  *first = pair[0];
  *second = pair[1];
  return 0;
}

ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor, int wait) {
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  if (descriptor >= 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t clinux_receive(int socket, void *bytes, size_t capacity, int *descriptor) {
  struct iovec part = {.iov_base = bytes, .iov_len = capacity};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  if (descriptor) {
    *descriptor = -1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
  }
  ssize_t received;
  do {
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  if (descriptor) {
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
      memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
  }
  return received;
}

static void ending_signals(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGHUP);
}

static int is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int clinux_open_signalfd(void) {
  sigset_t set;
  ending_signals(&set);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  // Blocked, an ignored signal is kept for the descriptor all the same; what nohup ignores is to stay ignored. SIGINT is another
  // matter: shells ignore it for all that runs in the background of a script, and to send it still means to end that.
  if (is_ignored(SIGHUP)) sigdelset(&set, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
  int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor >= 0) return descriptor;
  int failure = errno;
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return -failure;
}

int clinux_next_signal(int descriptor) {
  struct signalfd_siginfo received;
  return read(descriptor, &received, sizeof received) == sizeof received ? (int)received.ssi_signo : 0;
}

void clinux_ignore_signals(void) {
  sigset_t set;
  ending_signals(&set);
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int clinux_wait(pid_t child, int wait, int *status) {
  int raw;
  pid_t ended;
  do {
    ended = waitpid(child, &raw, wait ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended < 0) return -errno;
  if (ended == 0) return 0;
  *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
  return 1;
}

int clinux_run(char *const *arguments, int quiet) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  pid_t child;
  sigemptyset(&none);
  ending_signals(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  if (quiet) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  int failure = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure) return -failure;
  int status;
  int waited = clinux_wait(child, 1, &status);
  if (waited < 0) return waited;
  return status < 0 ? -1000 + status : status;
}

static int ask(const char *path, int of_file_system) {
  struct stat attributes;
  struct statfs totals;
  return (of_file_system ? statfs(path, &totals) : stat(path, &attributes)) == 0 ? 0 : errno;
}

pid_t clinux_fork_probe(const char *path, int of_file_system, int report) {
  // Where it is ignored, the child's number may be another's before it is waited for.
  signal(SIGCHLD, SIG_DFL);
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child > 0) return child;
  clinux_keep_only(&report, 1);
  for (int number = 0; number <= 2; number++)
    if (number != report) close(number);
  unsigned char answer = chdir("/") == 0 ? (unsigned char)ask(path, of_file_system) : (unsigned char)errno;
  ssize_t written = write(report, &answer, 1);
  _exit(written == 1 ? 0 : 1);
}

int clinux_unmount(const char *path, int lazy) {
  return umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0 ? 0 : -errno;
}

int clinux_open_path(const char *path) {
  int descriptor = open(path, O_PATH | O_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int clinux_poll(int first, int second, int third, int fourth, int milliseconds) {
  struct pollfd descriptors[] = {{first, POLLIN, 0}, {second, POLLIN, 0}, {third, POLLIN, 0}, {fourth, POLLIN, 0}};
  if (poll(descriptors, 4, milliseconds) < 0) return 0;
  int ready = 0;
  for (int i = 0; i < 4; i++)
    if (descriptors[i].revents) ready |= 1 << i;
  return ready;
}

int clinux_open_to_read(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return descriptor < 0 ? -errno : descriptor;
}

int clinux_open_device(const char *path) {
  int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return descriptor < 0 ? -errno : descriptor;
}

int clinux_set_cloexec(int descriptor) {
  int flags = fcntl(descriptor, F_GETFD);
  return flags >= 0 && fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) == 0;
}

int clinux_duplicate(int descriptor) {
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? -errno : copy;
}

void clinux_ensure_standard_fds(void) {
  for (int number = 0; number <= 2; number++) {
    if (fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free is this one.
    if (open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY) != number) return;
  }
}

void clinux_detach_streams(int standard_error_as_well) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  dup2(null, 0);
  dup2(null, 1);
  if (standard_error_as_well) dup2(null, 2);
  if (null > 2) close(null);
}

int clinux_notify(const char *address, const char *text) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  size_t length = strlen(address);
  if ((address[0] != '/' && address[0] != '@') || length < 2 || length >= sizeof name.sun_path) return -EINVAL;
  memcpy(name.sun_path, address, length);
  if (address[0] == '@') name.sun_path[0] = 0;
  int datagrams = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (datagrams < 0) return -errno;
  ssize_t sent = sendto(datagrams, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&name,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  int failure = sent < 0 ? -errno : 0;
  close(datagrams);
  return failure;
}

void clinux_open_log(void) { openlog("jffs2fuse", LOG_PID | LOG_NDELAY, LOG_DAEMON); }

void clinux_log(int priority, const char *text) { syslog(priority, "%s", text); }
