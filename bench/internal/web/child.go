package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// serverArg is the first argument of the processes that this package starts. Then come the mode and a setup.
const serverArg = "bench-http-server"

// lifetime ends a child in any case.
const lifetime = 10 * time.Minute

// Child does the work of a child process if args, which lack the program's name, ask for it. It returns the exit
// code. main calls it first.
func Child(args []string) (code int, is bool) {
	if len(args) == 0 || args[0] != serverArg {
		return 0, false
	}
	signal.Ignore(os.Interrupt) // a terminal sends it to children too; the parent decides
	time.AfterFunc(lifetime, func() { os.Exit(3) })
	var s setup
	err := errors.New("want a mode and a setup")
	if len(args) == 3 {
		err = json.Unmarshal([]byte(args[2]), &s)
	}
	if err == nil {
		err = serve(os.Stdin, os.Stdout, args[1], s)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return 1, true
	}
	return 0, true
}

// child is a process started by start.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts this program as a child. The child is killed when ctx ends.
func start(ctx context.Context, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{cmd, in, bufio.NewReader(out)}, nil
}

// stop asks the child to end, and then kills it.
func (c *child) stop() {
	_ = c.in.Close()
	kill := time.AfterFunc(2*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	_ = c.cmd.Wait() // how it ended does not matter
}
