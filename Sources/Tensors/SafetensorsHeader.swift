/// How the elements of a stored tensor are encoded; raw values are the format's own spellings.
package enum StoredType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }
}

/// One tensor's entry in a header: its type, its shape, and where its bytes lie in the data section.
struct StoredTensor: Sendable {
  var type: StoredType
  var shape: [Int]
  /// Bytes from the start of the data section.
  var range: Range<Int>
}

/// The table at the start of a safetensors file, checked against every rule of the format.
///
/// A file is 8 bytes of little-endian header length, the header (a JSON object), and the tensors'
/// bytes. The ranges must tile the data section: no hole to hide things in, no overlap.
struct SafetensorsHeader: Sendable {
  /// Longest header accepted. 100,000 entries of 160 bytes; larger ones are attacks or accidents.
  static let maximumLength = 16 << 20
  static let maximumTensors = 100_000
  static let maximumRank = 8

  var tensors: [String: StoredTensor] = [:]
  var metadata: [String: String] = [:]
  /// Bytes that the data section must have.
  var dataLength = 0

  /// Parses the JSON text of a header; throws a sentence naming the broken rule.
  init(json: UnsafeRawBufferPointer) throws(HeaderFault) {
    guard json.first == UInt8(ascii: "{") else {
      throw HeaderFault("the header does not start with {")
    }
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(json, maximumDepth: 4)
    } catch { throw HeaderFault("header: \(error)") }
    guard var members = document.object else { throw HeaderFault("the header is not an object") }

    if let member = members.removeValue(forKey: "__metadata__") {
      metadata = try Self.metadata(member)
    }
    guard members.count <= Self.maximumTensors else {
      throw HeaderFault("\(members.count) tensors, more than \(Self.maximumTensors)")
    }
    tensors.reserveCapacity(members.count)
    for (name, member) in members { tensors[name] = try Self.tensor(name, member) }
    dataLength = try Self.tiledLength(tensors)
  }

  private static func metadata(_ member: JSONValue) throws(HeaderFault) -> [String: String] {
    var result: [String: String] = [:]
    guard let pairs = member.object else { throw HeaderFault("__metadata__ is not an object") }
    for (key, value) in pairs {
      guard let text = value.string else {
        throw HeaderFault("__metadata__ \"\(key)\" is not a text")
      }
      result[key] = text
    }
    return result
  }

  private static func tensor(
    _ name: String, _ member: JSONValue
  ) throws(HeaderFault) -> StoredTensor {
    func fault(_ reason: String) -> HeaderFault { HeaderFault("tensor \"\(name)\": \(reason)") }
    guard let fields = member.object, Set(fields.keys) == ["dtype", "shape", "data_offsets"],
      let typeName = fields["dtype"]?.string, let axes = fields["shape"]?.array,
      let offsets = fields["data_offsets"]?.array
    else { throw fault("needs exactly dtype, shape and data_offsets") }
    guard let type = StoredType(rawValue: typeName) else {
      throw fault("unknown dtype \"\(typeName)\"")
    }
    guard axes.count <= maximumRank else { throw fault("more than \(maximumRank) axes") }

    var shape: [Int] = []
    var length = type.size
    for axis in axes {
      guard case .integer(let extent) = axis, extent >= 0 else { throw fault("bad shape") }
      shape.append(extent)
      let (product, overflow) = length.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw fault("shape too large") }
      length = product
    }
    guard offsets.count == 2, case .integer(let begin) = offsets[0],
      case .integer(let end) = offsets[1], begin >= 0, begin <= end
    else { throw fault("bad data_offsets") }
    guard end - begin == length else {
      throw fault("\(end - begin) bytes stored, its shape needs \(length)")
    }
    return StoredTensor(type: type, shape: shape, range: begin..<end)
  }

  /// The end of the last range, once the ranges in order neither overlap nor leave a hole.
  private static func tiledLength(_ tensors: [String: StoredTensor]) throws(HeaderFault) -> Int {
    var end = 0
    let order = tensors.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }
    for (name, tensor) in order {
      guard tensor.range.lowerBound == end else {
        let what = tensor.range.lowerBound < end ? "overlaps the one before" : "follows a hole"
        throw HeaderFault("tensor \"\(name)\" \(what)")
      }
      end = tensor.range.upperBound
    }
    return end
  }
}

/// The rule that a header breaks, as a phrase.
struct HeaderFault: Error {
  var rule: String
  init(_ rule: String) { self.rule = rule }
}
