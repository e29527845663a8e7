/// What `--help` and `--version` print.
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
        OptionHelp("-h", "--help", meaning: "this text"),
        OptionHelp("-V", "--version", meaning: "the version"),
        OptionHelp("--unmount", meaning: "unmount, also after a crash"),
        OptionHelp(
          "--stale",
          meaning:
            "with --unmount: only if the program is gone; without MOUNTPOINT, all such of your own"),
        OptionHelp(
          "--doctor", meaning: "look for what is in the way of a mount, and say what to do"),
        OptionHelp(
          "--generate-completion-script",
          meaning: "bash, zsh or fish: what that shell reads to complete arguments"),
        OptionHelp("-f", meaning: "stay in the foreground, messages on standard error"),
        OptionHelp("-d", "--debug", "-o debug", meaning: "show every request (implies -f)"),
        OptionHelp("-s", meaning: "one thread only"),
        OptionHelp(
          "-o", meaning: "NAME=VALUE,...: options as below; a comma in a value is written \\,"),
      ]),
    Section(
      heading: "Where the file system is (sizes: 65536, 64k, 64KiB, 1M, 0x10000):",
      options: [
        OptionHelp(
          "-o offset=SIZE", "-o image_offset=SIZE",
          meaning: "begins there in the file; fstab needs the second"),
        OptionHelp("-o length=SIZE", meaning: "ends so many bytes later"),
        OptionHelp("-o mtdparts=SPEC", meaning: "partitions in the kernel's syntax, or @FILE"),
        OptionHelp(
          "-o partition=WHICH",
          meaning: "only this one: a name, a number from 0, or an offset 0x..."),
        OptionHelp("-o member=NAME", meaning: "the file inside an archive"),
        OptionHelp(
          "-o oob=PAGE+SPARE", meaning: "a NAND dump with its spare area, such as 2048+64"),
        OptionHelp("-o endian=little|big", meaning: "order of bytes"),
        OptionHelp("-o erase_size=SIZE", meaning: "size of an erase block"),
        OptionHelp("-o max_unpacked=SIZE", meaning: "unpack no more than this (1G)"),
      ]),
    Section(
      heading: "What the files look like:",
      options: [
        OptionHelp("-o uid=N", "-o gid=N", meaning: "owner and group of everything"),
        OptionHelp("-o umask=OCTAL", meaning: "permissions to take away"),
        OptionHelp(
          "-o damaged=error|zero",
          meaning: "reading a damaged range fails, or gives zeros as in Linux (error)"),
        OptionHelp(
          "-o history",
          meaning: "older versions and deleted files, in the hidden folder .history"),
        OptionHelp(
          "-o partitions",
          meaning: "other partitions as files, beside a directory for each file system"),
      ]),
    Section(
      heading: "The mount:",
      options: [
        OptionHelp(
          "-o allow_other", meaning: "other users may look in, as the image's permissions say"),
        OptionHelp("-o allow_root", meaning: "root may look in"),
        OptionHelp("-o nonempty", meaning: "mount over a folder that is not empty"),
        OptionHelp("-o timeout=SECONDS", meaning: "unmount when not used for so long"),
        OptionHelp(
          "-o drain=SECONDS",
          meaning: "time for readers to finish when the program is told to end (30)"),
        OptionHelp(
          "-o notify_fd=N", meaning: "write READY=1 to this descriptor when the mount answers"),
        OptionHelp(
          "-o sandbox=yes|no",
          meaning: "no: one process that keeps its rights, for a debugger (yes)"),
        OptionHelp(
          "-o clone_fd", meaning: "with sandbox=no: each thread has a /dev/fuse of its own"),
        OptionHelp("-o noexec", meaning: "nothing in it can be run"),
        OptionHelp("-o ro", "-o nosuid", "-o nodev", meaning: "as it always is"),
        OptionHelp("-o fsname=NAME", meaning: "what the table of mounts shows as the source"),
        OptionHelp(
          "-o default_permissions", meaning: "the kernel checks permissions, as with allow_other"),
        OptionHelp("-o auto_unmount", meaning: "fusermount3 unmounts if the program is killed"),
        OptionHelp("-o max_read=N", meaning: "most bytes that the kernel asks for at once"),
        OptionHelp(
          "-o max_threads=N", "-o max_idle_threads=N",
          meaning: "most threads that serve, and that wait for work"),
        OptionHelp(
          "-o context=CONTEXT", "-o fscontext=CONTEXT", "-o defcontext=CONTEXT",
          "-o rootcontext=CONTEXT", meaning: "SELinux labels, see mount(8)"),
      ]),
  ]

  /// What stands first for the helper of mount(8), where some letters mean something else.
  static let helperSection = Section(
    heading: "General, as mount(8) asks its helpers:",
    options: [
      OptionHelp("-h", "--help", meaning: "this text"),
      OptionHelp("-V", "--version", meaning: "the version"),
      OptionHelp("-f", meaning: "fake: check the options and mount nothing"),
      OptionHelp("-s", meaning: "sloppy: pass over unknown options"),
      OptionHelp("-n", "-r", "-v", "-w", "-t TYPE", meaning: "accepted without effect"),
      OptionHelp(
        "-o", meaning: "NAME=VALUE,...: options as below; a comma in a value is written \\,"),
    ])

  /// Every option, in the order of the help text.
  package static let options = sections.flatMap(\.options)

  /// The whole text, with the options as in `options`.
  package static let text = """
    Usage: jffs2fuse FIRMWARE [MOUNTPOINT] [options]
           jffs2fuse --unmount MOUNTPOINT
           jffs2fuse --doctor [MOUNTPOINT]

    Shows the files of a JFFS2 firmware as a read-only folder. FIRMWARE is a raw image, a uImage, an archive
    that holds one, a dump of a whole flash chip, or an MTD or block device.

      jffs2fuse home ~/camera                   browse it; jffs2fuse --unmount ~/camera when done
      jffs2fuse home                            makes a folder and prints its name
      jffs2fuse dump.bin ~/flash                a folder for each file system in a dump
      jffs2fuse dump.bin ~/flash -o partition=config
      jffs2fuse dump.bin ~/flash -o offset=0x240000,length=3M
      jffs2fuse dump.bin ~/flash -o 'mtdparts=spi0:256k(boot),2M(kernel),-(home)'
      jffs2fuse camera.zip ~/camera -o member=update/home.bin

    \(sections.map(lines).joined(separator: "\n"))
    Exit codes: 0 mounted; 1 usage; 2 the system, or the file cannot be read; 3 no JFFS2 in the firmware;
    32 the mount failed.

    """

  /// The same for the helper of mount(8).
  package static let helperText = """
    Usage: mount -t jffs2fuse FIRMWARE MOUNTPOINT [-o options]
           mount.jffs2fuse FIRMWARE MOUNTPOINT [-fnrsvw] [-o options] [-t TYPE]

    Mounts a JFFS2 firmware for mount(8) and /etc/fstab. It is jffs2fuse under another name; jffs2fuse --help tells
    more.

    \(([helperSection] + sections.dropFirst()).map(lines).joined(separator: "\n"))
    Exit codes: 0 mounted; 1 wrong options; 2 the system, or the file cannot be read; 3 no JFFS2 in the firmware;
    32 the mount failed.

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
