internal import CFUSE

/// The parameters that a file system and the kernel negotiate before the first request.
///
/// The corresponding C type is `struct fuse_conn_info`.
public struct Connection: Sendable, Hashable {
  /// The capabilities of the kernel. C: `capable`.
  public let available: Capabilities
  /// The requested capabilities; begins with libfuse's defaults, and what is not ``available`` is
  /// left out when it is sent. C: `want`.
  public var wanted: Capabilities
  /// The largest read-ahead in bytes; begins with the kernel's own, which it cannot exceed.
  /// C: `max_readahead`.
  public var maxReadahead: UInt32
  /// The largest read in bytes, 0 for no limit; begins with the session's option `max_read`, which
  /// it must equal, and which is what binds the kernel. C: `max_read`.
  public var maxRead: UInt32
  /// The maximum number of waiting background requests (read-ahead, direct I/O). C: `max_background`.
  public var maxBackground: UInt32
  /// From how many waiting background requests on the kernel holds back; 0 leaves it to libfuse.
  /// C: `congestion_threshold`.
  public var congestionThreshold: UInt32
  /// The granularity of times, in nanoseconds: a power of ten up to 1,000,000,000. C: `time_gran`.
  public var timeGranularity: UInt32

  init(_ connection: fuse_conn_info) {
    available = Capabilities(rawValue: connection.capable)
    wanted = Capabilities(rawValue: connection.want)
    maxReadahead = connection.max_readahead
    maxRead = connection.max_read
    maxBackground = connection.max_background
    congestionThreshold = connection.congestion_threshold
    timeGranularity = connection.time_gran
  }

  func apply(to connection: inout fuse_conn_info) {
    connection.want = wanted.intersection(available).rawValue
    connection.max_readahead = maxReadahead
    connection.max_read = maxRead
    connection.max_background = maxBackground
    connection.congestion_threshold = congestionThreshold
    connection.time_gran = timeGranularity
  }
}
