//go:build unix

package interop

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is a PostgreSQL server. Its database and its only socket are in a temporary directory of its own.
type postgres struct {
	t    *testing.T
	bin  string // the directory of the programs
	dir  string
	attr *syscall.SysProcAttr
	cmd  *exec.Cmd
	gone chan struct{} // closed once cmd has ended
}

// startPostgres starts a new server, which ends with the test. Without the programs it skips the test, except in CI.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	bin := postgresDir()
	if bin == "" {
		const missing = "no PostgreSQL server, Debian's package is postgresql"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	dir, err := os.MkdirTemp("/tmp", "pg") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	s := &postgres{t: t, bin: bin, dir: dir}
	t.Cleanup(s.guard(t))
	if os.Geteuid() == 0 { // which the server refuses to run as
		s.attr = &syscall.SysProcAttr{Credential: s.someone()}
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "plunge", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.start()
	t.Cleanup(func() { s.stop(syscall.SIGQUIT) })
	return s
}

// postgresDir is where the server's programs are, "" if they are nowhere.
func postgresDir() string {
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(debian, func(a, b string) int { return version(b) - version(a) })
	dirs = append(dirs, debian...)
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		_, err1 := exec.LookPath(filepath.Join(dir, "initdb"))
		_, err2 := exec.LookPath(filepath.Join(dir, "postgres"))
		if err1 == nil && err2 == nil {
			return dir
		}
	}
	return ""
}

// version is the number in a path of Debian's.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// someone is a user other than root, who gets the directory.
func (s *postgres) someone() *syscall.Credential {
	s.t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid))); err != nil {
		s.t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// guard returns a function that removes the directory, and a server that still runs there. A process does so if the
// test ends in any other way: then its input ends.
func (s *postgres) guard(t *testing.T) (end func()) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `trap "" INT; cat; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")"; sleep 0.1; rm -rf "$0"`, s.dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = in.Close()
		_ = cmd.Wait() // there is nothing left to kill
	}
}

func (s *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.attr
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	return cmd
}

func (s *postgres) data() string { return filepath.Join(s.dir, "data") }

// socket is the path of the socket.
func (s *postgres) socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// start runs the server and waits until it answers. Processes of a killed one may keep it from starting at first.
func (s *postgres) start() {
	s.t.Helper()
	var report []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s.cmd == nil || closed(s.gone) {
			report = s.launch()
		}
		ctx, cancel := context.WithDeadline(context.Background(), end)
		c, err := pgconn.Connect(ctx, s.conn("start"))
		if err == nil {
			err = c.Close(ctx)
		}
		cancel()
		if err == nil {
			return
		}
	}
	s.t.Fatalf("PostgreSQL does not answer. It says:\n%s", report)
}

// launch starts the process. It returns what the one before had written.
func (s *postgres) launch() (report []byte) {
	s.t.Helper()
	path := filepath.Join(s.dir, "log")
	report, _ = os.ReadFile(path)
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.cmd = s.command("postgres", "-D", s.data(), "-k", s.dir, "-p", "5432", "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=100", "-c", "autovacuum=off", "-c", "jit=off",
		"-c", "max_worker_processes=0", "-c", "max_logical_replication_workers=0", "-c", "max_parallel_workers=0")
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, gone := s.cmd, make(chan struct{})
	s.gone = gone
	go func() {
		defer close(gone)
		_ = cmd.Wait() // it was killed
	}()
	return report
}

// stop signals the server and waits for its end. On SIGQUIT it ends its processes; after SIGKILL they end themselves.
func (s *postgres) stop(sig syscall.Signal) {
	s.t.Helper()
	if closed(s.gone) {
		return
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Errorf("signal: %v", err)
	}
	select {
	case <-s.gone:
	case <-time.After(patience):
		s.t.Errorf("PostgreSQL has not ended after %v", sig)
	}
}

// closed reports whether a channel is.
func closed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
