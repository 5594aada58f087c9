package record

import (
	"reflect"
	"slices"
	"testing"
)

// TestMoveFiles: every index of a file in a flow is moved, and nothing else.
func TestMoveFiles(t *testing.T) {
	var f Flow
	var found []string
	grow(reflect.ValueOf(&f).Elem(), "Flow", func(path string, v reflect.Value) {
		found = append(found, path)
		v.SetInt(3)
	})
	slices.Sort(found)
	want := []string{"Flow.DSCPChanges.File", "Flow.KeyPackets.File", "Flow.Lookups.File", "Flow.STUN.Rebound.File"}
	if !slices.Equal(found, want) {
		t.Fatalf("indexes of files: %v, want %v", found, want)
	}
	f.Packets = PacketSetOf(PacketRange{1, 5, 9}, PacketRange{2, 1, 4})
	f.MoveFiles(10)
	grow(reflect.ValueOf(&f).Elem(), "Flow", func(path string, v reflect.Value) {
		if v.Int() != 13 {
			t.Errorf("%s: %d, want 13", path, v.Int())
		}
	})
	got := slices.Collect(f.Packets.Ranges)
	if want := []PacketRange{{11, 5, 9}, {12, 1, 4}}; !slices.Equal(got, want) {
		t.Errorf("packets: %v, want %v", got, want)
	}
}

// grow gives every list one element and every pointer a value, and shows the integers that are called File.
func grow(v reflect.Value, path string, show func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		grow(v.Elem(), path, show)
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		grow(v.Index(0), path, show)
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			if !f.IsExported() || f.Anonymous {
				continue
			}
			at := path + "." + f.Name
			if f.Name == "File" && f.Type.Kind() == reflect.Int {
				show(at, v.FieldByIndex(f.Index))
			}
			grow(v.FieldByIndex(f.Index), at, show)
		}
	}
}
