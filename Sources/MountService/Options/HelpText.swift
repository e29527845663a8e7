/// The output of `--help` and `--version`.
package enum HelpText {
  /// A heading of the help text, with the options below it.
  struct Section: Sendable {
    let heading: String
    let options: [OptionHelp]
  }

  static let sections = [
    Section(
      heading: "General:",
      options: [
        OptionHelp("-h", "--help", meaning: "show this help"),
        OptionHelp("-V", "--version", meaning: "show the version"),
        OptionHelp("--unmount", meaning: "unmount, also after a crash"),
        OptionHelp(
          "--stale",
          meaning:
            "with --unmount: only dead mounts, or all of yours"),
        OptionHelp(
          "--doctor", meaning: "diagnose mount problems"),
        OptionHelp(
          "--generate-completion-script",
          meaning: "print the completion script for bash, zsh or fish"),
        OptionHelp("-f", meaning: "run in the foreground, log to standard error"),
        OptionHelp("-d", "--debug", "-o debug", meaning: "log every request (implies -f)"),
        OptionHelp("-s", meaning: "use a single thread"),
        OptionHelp(
          "-o", meaning: "NAME=VALUE,...: as below; a comma in a value is \\,"),
      ]),
    Section(
      heading: "Image location (sizes: 65536, 64k, 64KiB, 1M, 0x10000):",
      options: [
        OptionHelp(
          "-o offset=SIZE", "-o image_offset=SIZE",
          meaning: "byte offset of the image (use image_offset in fstab)"),
        OptionHelp("-o length=SIZE", meaning: "number of bytes to read"),
        OptionHelp("-o mtdparts=SPEC", meaning: "partitions in the kernel's syntax, or @FILE"),
        OptionHelp(
          "-o partition=WHICH",
          meaning: "mount only this one: name, number, or 0x offset"),
        OptionHelp("-o member=NAME", meaning: "archive member to read"),
        OptionHelp(
          "-o oob=PAGE+SPARE", meaning: "spare areas of a NAND dump, such as 2048+64"),
        OptionHelp("-o endian=little|big", meaning: "byte order"),
        OptionHelp("-o erase_size=SIZE", meaning: "erase block size"),
        OptionHelp("-o max_unpacked=SIZE", meaning: "limit on total unpacked data (default 1G)"),
      ]),
    Section(
      heading: "File attributes and contents:",
      options: [
        OptionHelp("-o uid=USER", "-o gid=GROUP", meaning: "owner and group of all files"),
        OptionHelp("-o umask=OCTAL", meaning: "permission bits to clear"),
        OptionHelp(
          "-o readable", meaning: "everyone may read all files, for use with allow_other"),
        OptionHelp(
          "-o damaged=error|zero",
          meaning: "lost data: error (default), or zero as in the kernel"),
        OptionHelp(
          "-o history",
          meaning: "add older versions and deleted files in .history"),
        OptionHelp(
          "-o partitions",
          meaning: "partitions without JFFS2 as files"),
      ]),
    Section(
      heading: "Mount options:",
      options: [
        OptionHelp(
          "-o allow_other", meaning: "other users too, by the image's permissions"),
        OptionHelp("-o allow_root", meaning: "root may access the mount"),
        OptionHelp("-o nonempty", meaning: "mount over a directory that is not empty"),
        OptionHelp("-o timeout=SECONDS", meaning: "unmount after this time without a request"),
        OptionHelp(
          "-o drain=SECONDS",
          meaning: "grace period for open files on shutdown (default 30)"),
        OptionHelp(
          "-o notify_fd=N", meaning: "write READY=1 here once the mount is ready"),
        OptionHelp(
          "-o sandbox=yes|no",
          meaning: "no: one unconfined process, for debugging"),
        OptionHelp(
          "-o clone_fd", meaning: "separate /dev/fuse per thread; requires sandbox=no"),
        OptionHelp("-o noexec", meaning: "do not allow running programs"),
        OptionHelp("-o ro", "-o nosuid", "-o nodev", meaning: "always set"),
        OptionHelp("-o fsname=NAME", meaning: "source shown in the mount table"),
        OptionHelp(
          "-o default_permissions", meaning: "the kernel checks permissions, as with allow_other"),
        OptionHelp("-o auto_unmount", meaning: "fusermount3 unmounts if the program is killed"),
        OptionHelp("-o max_read=N", meaning: "maximum size of a read request"),
        OptionHelp(
          "-o max_threads=N", "-o max_idle_threads=N",
          meaning: "maximum number of threads, and of idle threads"),
        OptionHelp(
          "-o context=CTX", "-o fscontext=CTX", "-o defcontext=CTX", "-o rootcontext=CTX",
          meaning: "SELinux labels, see mount(8)"),
      ]),
  ]

  /// The first section for the mount(8) helper, where some letters have another meaning.
  static let helperSection = Section(
    heading: "General (mount(8) helper options):",
    options: [
      OptionHelp("-h", "--help", meaning: "show this help"),
      OptionHelp("-V", "--version", meaning: "show the version"),
      OptionHelp("-f", meaning: "fake: check options and firmware, do not mount"),
      OptionHelp("-s", meaning: "sloppy: ignore unknown options"),
      OptionHelp("-n", "-r", "-v", "-w", "-t TYPE", meaning: "accepted without effect"),
      OptionHelp(
        "-o", meaning: "NAME=VALUE,...: as below; a comma in a value is \\,"),
    ])

  /// Every option, in the order of the help text.
  package static let options = sections.flatMap(\.options)

  /// The whole text, with the options as in `options`.
  package static let text = """
    Usage: jffs2fuse FIRMWARE [MOUNTPOINT] [options]
           jffs2fuse --unmount MOUNTPOINT
           jffs2fuse --doctor [MOUNTPOINT]

    Mounts JFFS2 firmware read-only. FIRMWARE is a raw image, a uImage, an archive
    that contains one, a dump of a whole flash chip, or an MTD or block device.

      jffs2fuse firmware.bin ~/camera        mount it
      jffs2fuse --unmount ~/camera           unmount it
      jffs2fuse firmware.bin                 create a mountpoint and print its path
      jffs2fuse flash.bin ~/flash            a directory for each file system
      jffs2fuse flash.bin ~/flash -o partition=config
      jffs2fuse flash.bin ~/flash -o offset=0x240000,length=3M
      jffs2fuse flash.bin ~/flash -o 'mtdparts=spi0:256k(boot),2M(kernel),-(home)'
      jffs2fuse camera.zip ~/camera -o member=update/rootfs.bin

    \(sections.map(lines).joined(separator: "\n"))
    Exit codes: 0 mounted; 1 usage; 2 the system, or the file cannot be read;
    3 no JFFS2 in the firmware; 32 the mount failed.

    """

  /// The same for the helper of mount(8).
  package static let helperText = """
    Usage: mount -t jffs2fuse FIRMWARE MOUNTPOINT [-o options]
           mount.jffs2fuse FIRMWARE MOUNTPOINT [-fnrsvw] [-o options] [-t TYPE]

    Mounts JFFS2 firmware for mount(8) and /etc/fstab. It is jffs2fuse under another
    name; see also jffs2fuse --help.

    \(([helperSection] + sections.dropFirst()).map(lines).joined(separator: "\n"))
    Exit codes: 0 mounted; 1 usage; 2 the system, or the file cannot be read;
    3 no JFFS2 in the firmware; 32 the mount failed.

    """

  private static func lines(of section: Section) -> String {
    section.heading + "\n" + section.options.map(lines).joined()
  }

  /// The spellings in one column, the meaning in the next, or below them where they are too long for theirs.
  private static func lines(of option: OptionHelp) -> String {
    let width = 26
    let indent = option.spellings.first?.hasPrefix("--") == true ? "      " : "  "
    var line = indent + option.spellings.joined(separator: ", ")
    let column = String(repeating: " ", count: width)
    line += line.count > width ? "\n" + column : String(column.dropFirst(line.count))
    return line + " " + option.meaning + "\n"
  }
}
