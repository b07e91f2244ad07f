import ArgumentParser
import Diffusion
import Files
import Foundation
import Materials
import Raster

/// `tessera materials`: what paint can be told to become.
struct MaterialsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "materials",
    abstract: "List the materials that `edit --material-map` knows.",
    discussion: """
      Each line has the number in a map, the name, the colour that stands for the material and how \
      many swatches of it there are. Swatches are the PNG files in the materials folder beside the \
      bundled models; further ones in them count too.
      """)

  @Flag(help: "Print one JSON object.") var json = false

  private struct Entry: Encodable {
    var number: Int
    var name: String
    var color: String
    var swatches: [String]
  }

  private struct Report: Encodable {
    var schemaVersion = 1
    var folder: String
    var materials: [Entry]
  }

  func run() throws {
    let library = try MaterialPaint.library()
    let entries = Material.allCases.map { material in
      let color = material.standInColor
      return Entry(
        number: Int(material.rawValue), name: material.name,
        color: String(format: "#%02x%02x%02x", color.red, color.green, color.blue),
        swatches: library.files(of: material))
    }
    if json {
      return try Output.json(Report(folder: library.folder, materials: entries))
    }
    let lines = entries.map { entry in
      let name = entry.name.padding(toLength: 8, withPad: " ", startingAt: 0)
      return String(format: "%3d  ", entry.number)
        + "\(name) \(entry.color)  \(entry.swatches.count) swatches"
    }
    Output.text(lines.joined(separator: "\n"))
  }
}
