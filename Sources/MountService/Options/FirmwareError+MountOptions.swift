internal import Firmware

extension FirmwareError {
  /// The message of a mount: options as they stand behind `-o`.
  var mountMessage: String { message { "-o \($0.name)=\($0.value)" } }
}
