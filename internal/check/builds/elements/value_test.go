//go:build plunge_builds

package elements

import (
	"fmt"
	"reflect"
	"unsafe"
)

// made returns a T in which every leaf says i, 1 to 127.
func made[T any](i int) (v T) {
	fill(reflect.ValueOf(&v).Elem(), i)
	return v
}

// fill has every leaf of v say i.
func fill(v reflect.Value, i int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(i%2 == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(i))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(i))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(i))
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(i), float64(i)))
	case reflect.String:
		v.SetString(fmt.Sprint(i))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), i)
	case reflect.UnsafePointer:
		v.SetPointer(unsafe.Pointer(&i))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), i, i))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for n := range i {
			v.SetMapIndex(reflect.ValueOf(n), reflect.ValueOf(i))
		}
	case reflect.Chan:
		v.Set(reflect.MakeChan(v.Type(), i))
	case reflect.Func:
		v.Set(reflect.ValueOf(func() int { return i }))
	case reflect.Interface:
		v.Set(reflect.ValueOf(number(i)))
	case reflect.Array:
		for n := range v.Len() {
			fill(v.Index(n), i)
		}
	case reflect.Struct:
		for n := range v.NumField() {
			fill(v.Field(n), i)
		}
	default:
		panic("elements: no leaf of kind " + v.Kind().String())
	}
}

// number is what an interface holds.
type number int

func (n number) String() string { return fmt.Sprint(int(n)) }

// says returns what all leaves of v say, 0 if v has none, and -1 if they do not agree.
func says[T any](v *T) int { return read(reflect.ValueOf(v).Elem()) }

func read(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Bool: // it cannot hold the number: ignored
		return 0
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return int(v.Uint())
	case reflect.Float32, reflect.Float64:
		return int(v.Float())
	case reflect.Complex64, reflect.Complex128:
		return agree(int(real(v.Complex())), int(imag(v.Complex())))
	case reflect.String:
		n := -1
		fmt.Sscan(v.String(), &n)
		return n
	case reflect.Pointer:
		return read(v.Elem())
	case reflect.UnsafePointer:
		return *(*int)(v.UnsafePointer())
	case reflect.Slice, reflect.Chan:
		return v.Cap()
	case reflect.Map:
		return v.Len()
	case reflect.Func:
		return v.Interface().(func() int)()
	case reflect.Interface:
		return int(v.Interface().(number))
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Len() > 0 {
			return readBytes(v.Slice(0, v.Len()).Bytes())
		}
		n := 0
		for i := range v.Len() {
			n = agree(n, read(v.Index(i)))
		}
		return n
	case reflect.Struct:
		n := 0
		for i := range v.NumField() {
			n = agree(n, read(v.Field(i)))
		}
		return n
	}
	return -1
}

func readBytes(b []byte) int {
	for _, x := range b {
		if x != b[0] {
			return -1
		}
	}
	return int(b[0])
}

// agree joins what two parts say.
func agree(a, b int) int {
	switch {
	case a == 0 || a == b:
		return b
	case b == 0:
		return a
	}
	return -1
}
