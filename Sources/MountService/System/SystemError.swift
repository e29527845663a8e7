import SystemPackage

/// The system's words for an errno value, for a message.
func systemMessage(_ number: Int32) -> String { Errno(rawValue: number).description }
