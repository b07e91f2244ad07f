/// Something about a file that its pixels do not show: what is damaged, or is not carried on.
package struct PictureRemark: Sendable, Equatable {
  /// How much it matters.
  package enum Kind: String, Sendable {
    /// The file is damaged outside its pixels.
    case damage
    /// The file holds something that is not kept, so that saving over it loses that.
    case loss
    /// Worth knowing for who asks; nothing is wrong, and nothing is lost that anybody would miss.
    case note
  }

  /// How much it matters.
  package let kind: Kind
  /// A clause about the file, such as `3 bytes follow its end and are not kept`.
  package let text: String

  /// Makes a remark.
  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

extension Picture {
  /// What was noticed about the file while it was read; empty for a picture made here.
  package var remarks: [PictureRemark] { metadata.source?.remarks ?? [] }

  /// What is damaged or not kept, in one clause; nil where the file is sound and kept whole.
  package var warning: String? { metadata.warning }

  /// What saving over the file would lose, in one clause; nil where nothing.
  package var loss: String? { metadata.clause { $0 == .loss } }
}

extension PictureLimits {
  /// Refuses a file that is damaged outside its pixels, or holds what is not kept, where that is asked
  /// for.
  ///
  /// - Throws: `badData`.
  func judge(_ metadata: PictureMetadata, path: String) throws(PictureError) {
    guard isStrict, let warning = metadata.warning else { return }
    throw PictureError(
      .badData, path: path, problem: warning,
      remedy: "get an intact copy of the file, or leave --strict out")
  }
}

extension PictureMetadata {
  /// See `Picture.warning`.
  fileprivate var warning: String? { clause { $0 != .note } }

  fileprivate func clause(_ matters: (PictureRemark.Kind) -> Bool) -> String? {
    let texts = (source?.remarks ?? []).filter { matters($0.kind) }.map(\.text)
    return texts.isEmpty ? nil : texts.joined(separator: "; ").printable
  }
}

extension PictureRemark {
  /// What is said of the bytes after a picture's end; nil where there are none.
  ///
  /// A line break or some zeros were never meant to be anything; whatever else is there may matter
  /// to somebody.
  static func trailing(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> PictureRemark? {
    guard !rest.isEmpty else { return nil }
    let bytes = rest.count == 1 ? "1 byte follows" : "\(rest.count) bytes follow"
    if rest.starts(with: [0xFF, 0xD8]) {
      return .init(.loss, "another picture follows its end (\(rest.count) bytes) and is not kept")
    }
    let isBlank = rest.allSatisfy { $0 == 0 || $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }
    return isBlank ? .init(.damage, "\(bytes) its end") : .init(.loss, "\(bytes) its end, not kept")
  }
}
