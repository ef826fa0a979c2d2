/* Writes one whole frame to many sockets: the only loop of the hub that runs once per client and message.
 *
 * fds[0..n)   non-blocking descriptors
 * frame, len  the frame
 * bad, took   room for n numbers each: for every socket that did not take the whole frame its index in fds, and how many bytes it
 *             took, or -errno when it is broken
 * returns     how many entries of bad and took are filled
 */
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

int takt_fan_out(const int *fds, int n, const void *frame, size_t len, int *bad, int *took)
{
    int filled = 0;
    for (int i = 0; i < n; i++) {
        ssize_t sent = send(fds[i], frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == (ssize_t)len)
            continue;
        bad[filled] = i;
        if (sent >= 0)
            took[filled] = (int)sent;
        else
            took[filled] = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
        filled++;
    }
    return filled;
}
