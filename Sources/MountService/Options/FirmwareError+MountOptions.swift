internal import Firmware

extension AdvisedOption {
  /// The option as written after `-o`.
  var mountOption: String { "-o \(name)=\(value)" }
}

extension FirmwareError {
  /// The message of a mount: options as they are after `-o`.
  var mountMessage: String { message(\.mountOption) }
}
