package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webexaudit/analyzer/yamldoc"
)

// systemConfig is the configuration file of the machine. None is looked for in the directory at hand: it may hold
// captures that somebody has sent, and a configuration can run commands (--on-finding).
const systemConfig = "/etc/webexaudit/webexaudit.yaml"

// configured are the commands whose flags a configuration file and the environment can give.
func configured() []string { return []string{"analyze", "watch"} }

// addConfig adds the flag that names a configuration file.
func addConfig(fs *pflag.FlagSet) {
	fs.String("config", "", "YAML `FILE` that gives flags which the command line and the environment (WEBEXAUDIT_FLAG) "+
		"lack (default: "+systemConfig+", if it is there)")
}

// setting is a value that a configuration file or the environment gives to a flag.
type setting struct {
	name   string
	values []string
	from   string
}

// origins say where the values of flags come from, by name; those that are not there are defaults.
type origins map[string]string

// configure gives flags that the command line lacks the values that the environment has for them, else the file of
// --config, or else that of the machine.
func configure(command string, flags *pflag.FlagSet) (from origins, err error) {
	from = origins{}
	flags.Visit(func(f *pflag.Flag) { from[f.Name] = "command line" })
	var faults []error
	list := environment(flags)
	file, err := configFile(command, flags)
	for _, s := range append(list, file...) {
		if from[s.name] != "" {
			continue
		}
		if err := s.apply(flags); err != nil {
			faults = append(faults, usage("%s: %s: %w", s.from, s.name, err))
		}
		from[s.name] = s.from
	}
	return from, errors.Join(append(faults, err)...)
}

// apply sets the flag.
func (s setting) apply(flags *pflag.FlagSet) error {
	f := flags.Lookup(s.name)
	if list, ok := f.Value.(pflag.SliceValue); ok {
		f.Changed = true
		return list.Replace(s.values)
	}
	if len(s.values) != 1 {
		return errors.New("want one value")
	}
	return flags.Set(s.name, s.values[0])
}

// settingsOf are those flags of a set, as they are.
func settingsOf(flags *pflag.FlagSet, wanted func(*pflag.Flag) bool) (list []setting) {
	flags.VisitAll(func(f *pflag.Flag) {
		if !wanted(f) {
			return
		}
		values := []string{f.Value.String()}
		if l, ok := f.Value.(pflag.SliceValue); ok {
			values = l.GetSlice()
		}
		list = append(list, setting{name: f.Name, values: values})
	})
	return list
}

// environment are the settings of the environment: WEBEXAUDIT_MAX_MEMORY is --max-memory. A list has a line for each.
func environment(flags *pflag.FlagSet) (list []setting) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "WEBEXAUDIT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if text, ok := os.LookupEnv(name); ok && configurable(f.Name) {
			list = append(list, setting{f.Name, strings.Split(text, "\n"), "environment " + name})
		}
	})
	return list
}

// configurable reports whether a flag may be given beside the command line.
func configurable(name string) bool {
	return !slices.Contains([]string{"config", "help", "list-interfaces", "numeric"}, name)
}

// configPath is the configuration file; "" where there is none.
func configPath(flags *pflag.FlagSet) (path string, named bool) {
	if f := flags.Lookup("config"); f != nil && f.Value.String() != "" {
		return f.Value.String(), true
	}
	if text := os.Getenv("WEBEXAUDIT_CONFIG"); text != "" {
		return text, true
	}
	return systemConfig, false
}

// openConfig reads the configuration file; there is no body where there is no file.
func openConfig(flags *pflag.FlagSet) (r *yamldoc.Reader, body yamldoc.Node, err error) {
	path, named := configPath(flags)
	in, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("--config %s: %w", path, cause(err))
	}
	defer in.Close()
	return yamldoc.Open(in, path)
}

// configFile are the settings of the configuration file for a command: those of its section, and those outside of
// sections that it has a flag for.
func configFile(command string, flags *pflag.FlagSet) ([]setting, error) {
	r, body, err := openConfig(flags)
	if err != nil || body == nil {
		return nil, asUsage(err)
	}
	all := map[string]*pflag.FlagSet{}
	for _, c := range configured() {
		all[c] = flagsOf(c)
	}
	all[command] = flags
	var own, shared []setting
	section := func(of *pflag.FlagSet) func(string, string, yamldoc.Node) bool {
		return func(key, name string, v yamldoc.Node) bool {
			s, known := readSetting(r, of, key, name, v)
			if known && of == flags {
				own = append(own, s)
			}
			return known
		}
	}
	r.Mapping(body, "", func(key, name string, v yamldoc.Node) bool {
		if of := all[name]; of != nil {
			r.Mapping(v, key, section(of))
			return true
		}
		s, known := readSetting(r, flags, key, name, v)
		if known {
			shared = append(shared, s)
		}
		return known || slices.ContainsFunc(configured(), func(c string) bool {
			_, known := readSetting(r, all[c], key, name, v)
			return known
		})
	})
	return append(own, shared...), asUsage(r.Err())
}

// readSetting reads the value of a flag; false where there is no such flag.
func readSetting(r *yamldoc.Reader, flags *pflag.FlagSet, key, name string, v yamldoc.Node) (s setting, known bool) {
	if flags.Lookup(name) == nil || !configurable(name) {
		return s, false
	}
	s = setting{name: name, from: r.Name}
	if nodes, ok := yamldoc.Elements(v); ok {
		for _, n := range nodes {
			text, _ := r.TextOf(n, key)
			s.values = append(s.values, text)
		}
	} else if text, ok := r.TextOf(v, key); ok {
		s.values = []string{text}
	}
	return s, true
}

func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return failure{statusUsage, err}
}

// flagsOf are the flags of a command, as they are before anybody has given one.
func flagsOf(command string) *pflag.FlagSet {
	c, _, err := (&program{stdout: os.Stdout, stderr: os.Stderr}).root().Find([]string{command})
	if err != nil {
		return pflag.NewFlagSet(command, pflag.ContinueOnError)
	}
	return c.Flags()
}

func (p *program) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "What the command line, the environment and configuration files say together",
		Args: arguments(cobra.NoArgs), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(&cobra.Command{
		Use:   "print [--effective] COMMAND [FLAGS]",
		Short: "Print the flags of a command with where each value comes from",
		Long: `Print shows the flags of a command (analyze, watch) that the command line, the environment or a configuration file
gives, with their values and where each comes from; with --effective also those that have their default. Nothing is read
but the configuration.`,
		Example: `  webexaudit config print watch -i eth0 -o audits/
  webexaudit config print --effective analyze --config webexaudit.yaml`,
		DisableFlagParsing: true,
		RunE:               func(c *cobra.Command, args []string) error { return p.printConfig(c, args) },
	})
	return c
}

// printConfig prints the flags of the command line that follows.
func (p *program) printConfig(c *cobra.Command, args []string) error {
	effective := slices.Contains(args[:min(len(args), 1)], "--effective")
	if effective {
		args = args[1:]
	}
	switch {
	case len(args) > 0 && (args[0] == "-h" || args[0] == "--help"):
		return c.Help()
	case len(args) == 0 || !slices.Contains(configured(), args[0]):
		return usage("config print: name a command, %s", strings.Join(configured(), " or "))
	}
	flags := flagsOf(args[0])
	if err := flags.Parse(args[1:]); err != nil {
		return usage("%w", err)
	}
	from, err := configure(args[0], flags)
	if err != nil {
		return err
	}
	rows := [][]string{{"FLAG", "VALUE", "FROM"}}
	flags.VisitAll(func(f *pflag.Flag) {
		if where := from[f.Name]; f.Name != "help" && (where != "" || effective && configurable(f.Name)) {
			if where == "" {
				where = "default"
			}
			rows = append(rows, []string{"--" + f.Name, safe(f.Value.String()), safe(where)})
		}
	})
	return p.print(strings.TrimSuffix(aligned(rows), "\n"))
}
