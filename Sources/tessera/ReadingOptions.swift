import ArgumentParser
import Raster
import Tensors

/// How picture files are read: the flag that all commands share that read any.
struct ReadingOptions: ParsableArguments {
  @Flag(
    help: """
      Refuse files that are damaged outside their pixels, or hold what is not kept, instead of \
      opening them with a warning.
      """)
  var strict = false

  /// The limits for a file that is read now.
  var limits: PictureLimits {
    var limits = PictureLimits().boundedByMemory
    limits.isStrict = strict
    return limits
  }

  /// Reads a picture and says on standard error what is damaged or not kept.
  func picture(at path: String) throws -> Picture {
    try PictureLoading.picture(at: path, limits: limits)
  }

  /// The same with what its file was.
  func input(_ path: String) throws -> InputPicture {
    try PictureLoading.toldInput(path, limits: limits)
  }
}

extension PictureLimits {
  /// The same for a file that is read now, with what memory there is.
  var boundedByMemory: PictureLimits {
    let room = SystemMemory().room
    var limits = self
    limits.room = Room(bytes: room.usable, remedy: room.bound.remedy)
    return limits
  }
}
