import ArgumentParser
import Inspection

struct InfoCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Tell what the firmware holds.")

  @OptionGroup var input: InputArguments

  func run(_ firmware: OpenedFirmware) throws(CommandFailure) -> ExitStatus {
    let output = ByteOutput.standard()
    for fileSystem in firmware.fileSystems {
      try output.write("\(fileSystem.name)\n")
    }
    try output.flush()
    return .success
  }
}
