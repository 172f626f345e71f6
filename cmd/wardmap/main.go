// Command wardmap is the whole product in one binary: the server of the map wall and the tools around it.
// Each command has a file of its own; wire.go puts the parts together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// version is set by the linker; builds without it say what Go recorded.
var version = ""

// A command is one verb. run gets the arguments behind it and writes results to out, everything else to the log.
type command struct {
	name, args, about string
	run               func(ctx context.Context, args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"serve", "[--demo] [--listen host:port] [--data folder] [--store address]", "serve the map wall, tiles and features", serve},
		{"import", "FILE --layer ID [--create] [--key field] [--crs name] …", "bring the features of a file into a layer, also while a server runs", importFile},
		{"sources", "list|check, or run|quarantine|replay NAME [--from file] [--data folder]", "keep the sources that feed layers by themselves: see how they are, ask one, correct and replay what was rejected", sourcesCommand},
		{"check", "[FOLDER|FILE …]", "say what is wrong in layer definitions", check},
		{"layers", "[--data folder] [--store address]", "list the layers with their counts", listLayers},
		{"seed", "[--data folder] [--store address] [--seed n]", "write the demo city into an empty store", seed},
		{"simulate", "[--server address] [--units n] [--speed times] [--door http|mqtt] …", "let the units of a server's roster move through its streets", simulate},
		{"user", "add|rotate|disable|enable NAME, or list [--role roles] [--kind kind] …", "keep the accounts that people, programs and devices sign in with", userCommand},
		{"safety", "held NUMBER [--data folder] [--safety-keys folder]", "say all that is held of one safety track, and who looked: for the person whom it is about", safetyCommand},
		{"scenes", "verify URL|FOLDER, or export URL FOLDER [--token key]", "say what is wrong with a set of 3D Tiles, or copy one to a folder and keep the copy fresh", scenesCommand},
		{"audit", "verify|key|checkpoint [--witness files] [--public-key key]", "say whether the audit log is as it was", auditCommand},
		{"version", "", "print the version", printVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	code := 1
	if ctx.Err() != nil {
		code = 130 // as shells say of what was interrupted
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "wardmap:", err)
		os.Exit(code)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h" {
		return help(ctx, args, out)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	return fmt.Errorf("there is no command %q; 'wardmap help' lists them", args[0])
}

func help(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 1 {
		return run(ctx, []string{args[1], "-h"}, out)
	}
	fmt.Fprint(out, "Wardmap serves the map of a city's public-safety command centre. 智慧警务地图服务\n\nUsage: wardmap COMMAND [options]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-8s %s\n           %s\n", c.name, c.about, strings.TrimSpace("wardmap "+c.name+" "+c.args))
	}
	fmt.Fprint(out, `
Options are also read from variables (WARDMAP_LISTEN) and from a YAML file (wardmap.yaml, or --config FILE).
'wardmap help COMMAND' explains one command. Start with:

  wardmap serve --demo           and open the address that it prints
  wardmap import beats.geojson --layer beats --key name
`)
	return nil
}

// flags makes the flag set of a command; its help says what the command is for.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.Usage = func() {
		for _, c := range commands() {
			if c.name == name {
				fmt.Fprintf(f.Output(), "%s\n\nUsage: wardmap %s %s\n\n", c.about, c.name, c.args)
			}
		}
		f.PrintDefaults()
	}
	return f
}

// parseAlone is parse for commands without arguments.
func parseAlone(f *flag.FlagSet, args []string) error {
	rest, err := parse(f, args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%s takes no argument %q; 'wardmap help %s' lists the options", f.Name(), rest[0], f.Name())
	}
	return err
}

func printVersion(_ context.Context, _ []string, out io.Writer) error {
	_, err := fmt.Fprintln(out, "wardmap", versionText())
	return err
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
