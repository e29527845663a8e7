internal import Firmware

extension FirmwareError {
  /// The message of a command: options as the commands take them.
  var commandMessage: String {
    message { option in
      let name = option.name.map { $0 == "_" ? "-" : String($0) }.joined()
      return "--\(name) \(option.value)"
    }
  }
}
