internal import Firmware

extension AdvisedOption {
  /// The option as the commands take it.
  var longOption: String { "--\(name.map { $0 == "_" ? "-" : String($0) }.joined()) \(value)" }
}

extension FirmwareError {
  /// The message of a command: options as the commands take them.
  var commandMessage: String { message(\.longOption) }
}
