// Package watch keeps what an audit that goes on for weeks has found: which findings are new, go on, or are resolved
// ([Tracker]), the results of windows and days on disk ([Store]), what is told to whom ([Teller]), and what may be
// asked ([Site]).
//
// In: the records of windows and days, as [analyzer.RunWindows] hands them over. Out: directories that are there whole
// or not at all, and events. Nothing here reads packets or judges.
package watch
