import ArgumentParser
import Commands

/// How a command that prints text for people writes it.
struct StyleArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("When to use colors; without a value, always.", valueName: "when"))
  var color = TerminalStyle.Choice.auto

  var style: TerminalStyle { .ofStandardOutput(color) }
}

/// The same, for a command that prints sizes in binary units.
struct SizeStyleArguments: ParsableArguments {
  @OptionGroup var arguments: StyleArguments

  @Flag(help: "Print exact sizes in bytes.")
  var bytes = false

  var style: TerminalStyle {
    var style = arguments.style
    style.showsBytes = bytes
    return style
  }
}

extension TerminalStyle.Choice: ExpressibleByArgument {}
