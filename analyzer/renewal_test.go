package analyzer_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// minutesOf are captures of a minute each, with a call in each.
func minutesOf(t *testing.T, n int) (files []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		s := pcaptest.New(uint64(i), pcaptest.Start.Add(time.Duration(i)*time.Minute))
		call := pcaptest.WebexCall(pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
		call.AudioMark, call.AudioBack = 0, 0
		s.Call(call)
		path := filepath.Join(dir, fmt.Sprintf("%02d.pcap", i))
		if err := s.Capture().Save(path); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}

// renewable is a run in windows of a minute that one rule judges, and the same with a site file and another rule.
func renewable(t *testing.T, files []string, workers int) (c, next analyzer.Config) {
	t.Helper()
	policy, err := catalogue.All().NewPolicy("standard")
	if err != nil {
		t.Fatal(err)
	}
	c = analyzer.Config{Files: files, Window: time.Minute, Workers: workers,
		Audit: audit.Options{Catalogue: catalogue.All(), Policy: policy, Only: []string{"WXA-QOS-001"}}}
	next = c
	if next.Site, err = site.Load(strings.NewReader("internal: [10.0.0.0/8]\n"), "site.yaml"); err != nil {
		t.Fatal(err)
	}
	next.Audit.Only = []string{"WXA-QOS-002"}
	return c, next
}

// TestRenewal: a run in windows goes over to another site and other rules with a window that begins later, and what is
// about all of them is parted there; what cannot be loaded changes nothing.
func TestRenewal(t *testing.T) {
	files := minutesOf(t, 4)
	want := []string{"window 0 WXA-QOS-001 false", "window 1 WXA-QOS-001 false", "day 0 WXA-QOS-001 false", "others", "the same",
		"window 2 WXA-QOS-002 true", "window 3 WXA-QOS-002 true"}
	for _, workers := range []int{1, 3} {
		c, next := renewable(t, files, workers)
		bad := next
		bad.Policy = "of another year"
		var renewal analyzer.Renewal
		renewed := make(chan bool)
		var told []string
		tell := func(kind string) func(*record.Set) error {
			return func(set *record.Set) error {
				told = append(told, fmt.Sprint(kind, " ", set.Run.Window.From.Time().Minute(), " ", rulesOf(set), " ",
					set.Run.Site != ""))
				if len(told) > 1 {
					return nil
				}
				defer close(renewed)
				if err := renewal.Renew(&bad, func() { told = append(told, "bad") }); err == nil {
					t.Error("an unknown pack was taken")
				}
				return errors.Join(renewal.Renew(&next, func() { told = append(told, "others") }),
					renewal.Renew(nil, func() { told = append(told, "the same") }))
			}
		}
		c.Progress = func(p analyzer.Progress) { // the window of this file has begun, that of the next one has not
			if filepath.Base(p.File) == "01.pcap" {
				<-renewed
			}
		}
		last, err := analyzer.RunWindows(context.Background(), c,
			analyzer.Windows{Settle: tell("window"), Day: tell("day"), Renewal: &renewal})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(told, want) || rulesOf(last) != "WXA-QOS-002" || last.Run.Window.From.Time().Minute() != 2 {
			t.Errorf("%d workers: %q, at last %s", workers, told, rulesOf(last))
		}
	}
}

// rulesOf are the rules that found something.
func rulesOf(set *record.Set) string {
	var list []string
	for _, f := range set.Findings {
		if !slices.Contains(list, f.Rule) {
			list = append(list, f.Rule)
		}
	}
	return strings.Join(list, " ")
}
