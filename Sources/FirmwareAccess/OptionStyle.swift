package import Firmware

/// How a program's command line takes the options for reading a firmware.
package enum OptionStyle: Sendable {
  /// `--max-unpacked SIZE`
  case long
  /// `-o max_unpacked=SIZE`
  case mount

  /// An option as it is written, for a message.
  package func text(_ option: OptionHint) -> String {
    switch self {
    case .long: "--\(option.name.replacing("_", with: "-")) \(option.value)"
    case .mount: "-o \(option.name)=\(option.value)"
    }
  }
}
