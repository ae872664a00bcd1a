//go:build plunge_guard && !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris)

package buffers

var _ int = "the build tag plunge_guard needs mmap and mprotect, which this system has not"
