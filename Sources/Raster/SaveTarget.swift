import Files
import Glibc

/// Where a save ends up: the file behind any symbolic links, and its folder.
struct SaveTarget {
  /// As the user named it.
  let path: String
  let resolved: String
  let folder: String
  let replacing: Replacement
  /// The file that is there; nil where there is none.
  let existing: stat?

  /// Finds out what is there.
  ///
  /// - Throws: `cannotCreate` where it is no name of an ordinary file; else as `check`.
  init(_ path: String, replacing: Replacement) throws(PictureError) {
    self.path = path
    self.replacing = replacing
    resolved = try Self.resolve(path)
    folder = resolved.parentPath
    existing = FileSystem.status(resolved)
    if existing == nil, errno == ENAMETOOLONG {
      throw PictureError(
        .cannotCreate, path: path, problem: "its name is too long", remedy: "choose a shorter one")
    }
    if let existing, existing.st_mode & S_IFMT != S_IFREG {
      throw PictureError(
        .cannotCreate, path: path,
        problem: existing.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "is not an ordinary file",
        remedy: "give the name of a file to write")
    }
    if existing != nil { try check() }
  }

  /// Ends the save where the file that is there now may not be replaced.
  ///
  /// - Throws: `exists` or `changed`.
  func check() throws(PictureError) {
    switch replacing {
    case .always: break
    case .never where FileSystem.exists(resolved): throw exists
    case .only(let stamp) where FileSystem.exists(resolved) && !stamp.isStill(at: resolved):
      throw changed
    case .never, .only: break
    }
  }

  /// Follows symbolic links of the last path component, dangling ones too.
  private static func resolve(_ path: String) throws(PictureError) -> String {
    guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else {
      throw PictureError(
        .cannotCreate, path: path, problem: "is not the name of a file",
        remedy: "give the name of a file to write")
    }
    var current = path
    for _ in 0..<40 {
      guard let link = FileSystem.link(current) else { return current }
      current = link.utf8.first == 0x2F ? link : current.pathBeforeLastPart + link
    }
    throw PictureError(
      .cannotCreate, path: path, problem: "is a circle of symbolic links",
      remedy: "give the name of a file to write")
  }

  /// What the failure `code` of writing the new file means.
  func failure(writing code: Int32) -> PictureError {
    AtomicFile.failure(path, code, replaces: existing != nil)
  }

  /// What the failure `code` of making or renaming a file beside it means.
  func failure(making code: Int32) -> PictureError {
    if let error = irreplaceable(code) { return error }
    if code == ENOSPC || code == EDQUOT { return failure(writing: code) }
    return PictureError(
      .cannotCreate, path: path,
      problem: "no file can be made in the folder \(folder) (\(reason(code)))",
      remedy: code == ENOENT ? "make the folder first" : "save to a folder you may write to")
  }

  /// The file may be written but not replaced, as on a bind mount or in a folder without permission;
  /// nil where that is not the reason.
  func irreplaceable(_ code: Int32) -> PictureError? {
    let reasons = [EBUSY, EACCES, EPERM, EROFS]
    guard existing != nil, reasons.contains(code), FileSystem.isWritable(resolved) else {
      return nil
    }
    return PictureError(
      .notReplaceable, path: path, problem: "cannot be replaced by a new file (\(reason(code)))",
      remedy: "allow writing into it with --in-place, or save somewhere else")
  }

  private var exists: PictureError {
    PictureError(
      .exists, path: path, problem: "exists already",
      remedy: "choose another name, or allow it to be overwritten with --force")
  }

  private var changed: PictureError {
    PictureError(
      .changed, path: path,
      problem: "another program has changed it meanwhile, nothing was written",
      remedy: "look at it, then try again or save under another name")
  }
}
