package main

import "github.com/plungepool/plunge/buffers"

func main() {
	l := buffers.Default().Borrow(1)
	println(len(l.Bytes()))
	other()
}

func other() {
	l := buffers.Default().Borrow(1) // want `not released`
	println(len(l.Bytes()))
}
