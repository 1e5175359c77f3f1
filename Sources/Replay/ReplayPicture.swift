/// A replay as an SVG picture: how late packets came, how far behind them playout ran, what was lost and what was made up, and the sound.
/// One file without references to others, in dark or light as its viewer is.
struct ReplayPicture {
    private static let width = 1_200.0
    private static let left = 84.0
    private static let right = 1_170.0
    private static let top = 98.0
    private static let bottom = 400.0
    private static let lostLane = 414.0...432.0
    private static let lateLane = 438.0...456.0
    private static let concealedLane = 462.0...480.0
    private static let soundLane = 490.0...554.0
    private static let axis = 560.0
    private static let height = 618.0
    /// From so many seconds on the time axis counts minutes.
    private static let minutes = 120.0

    private let title: String
    private let report: ReplayReport
    private let trace: ReplayTrace
    private let time: PictureScale
    private let delay: PictureScale

    init(title: String, report: ReplayReport, trace: ReplayTrace) {
        self.title = title
        self.report = report
        self.trace = trace
        time = PictureScale(values: 0...max(Double(trace.duration) / 1e9, 0.02), start: Self.left, end: Self.right)
        // One packet of ten seconds must not press all others flat: the scale ends where playout cannot follow.
        let delays = trace.arrivals.map { Double($0.delay) / 1e6 }
        let highest = min(delays.max() ?? 0, Double(report.delayLimit) * 1.5)
        let top = max(60, highest, report.highestPlayoutDelay) * 1.08
        delay = PictureScale(values: 0...top, start: Self.bottom, end: Self.top)
    }

    var svg: String {
        var parts = [opening, style]
        parts.append("<rect class=\"paper\" width=\"\(Self.width.pixels)\" height=\"\(Self.height.pixels)\"/>")
        parts += words
        parts += shades
        parts += grid
        parts += lanes
        parts.append(sound)
        parts.append(playoutLine)
        parts += points
        parts += legend
        parts.append("</svg>\n")
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var opening: String {
        let size = "\(Self.width.pixels) \(Self.height.pixels)"
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" width=\"\(Self.width.pixels)\" "
            + "height=\"\(Self.height.pixels)\" role=\"img\">\n<title>\(Self.escaped(title)): arrival, playout delay and concealment</title>"
    }

    /// Colours that the colour-blind tell apart too: blue line, orange and red marks of different shapes.
    private var style: String {
        """
        <style>
        text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #333 }
        .title { font-size: 16px; font-weight: 600; fill: #111 }
        .summary { font-size: 13px }
        .end { text-anchor: end } .middle { text-anchor: middle }
        .paper { fill: #fff }
        .frame { fill: none; stroke: #999; stroke-width: 1 }
        .grid { stroke: #e3e3e3; stroke-width: 1; fill: none }
        .limit { stroke: #888; stroke-width: 1; stroke-dasharray: 6 4; fill: none }
        .step { stroke: #8e44ad; stroke-width: 1.5; stroke-dasharray: 3 3; fill: none }
        .lane { fill: #f4f4f4 }
        .shade { fill: #f2ab97; fill-opacity: 0.6 }
        .made { fill: #d9603b }
        .point { stroke: #444; stroke-opacity: 0.75; stroke-width: 2.6; stroke-linecap: round; fill: none }
        .playout { stroke: #1f6fd1; stroke-width: 2; stroke-linejoin: round; fill: none }
        .late { stroke: #e08a00; stroke-width: 2; fill: none }
        .lost { fill: #c2132a }
        .twice { stroke: #1d8f6d; stroke-width: 1.5; fill: none }
        .sound { stroke: #7a8aa0; stroke-width: 1; fill: none }
        @media (prefers-color-scheme: dark) {
        text { fill: #ccc } .title { fill: #f2f2f2 }
        .paper { fill: #16181d } .frame { stroke: #666 } .grid { stroke: #2c2f36 } .lane { fill: #20232a }
        .shade { fill: #7a3322; fill-opacity: 0.55 } .made { fill: #f07f56 }
        .point { stroke: #d0d0d0 } .playout { stroke: #6aa9ff } .late { stroke: #ffb445 } .lost { fill: #ff5c70 }
        .twice { stroke: #4fd0a8 } .step { stroke: #c99be0 } .limit { stroke: #8a8a8a } .sound { stroke: #8fa3bf }
        }
        </style>
        """
    }

    // MARK: Words

    private var words: [String] {
        let stream = report.stream
        let arrivals =
            "\(report.received) of \(report.expected) packets in \(report.seconds.short) s · loss \(report.lossPercent.short) % "
            + "(\(report.lost), longest burst \(report.longestLoss)) · late \(report.late) · reordered \(report.reordered) · "
            + "duplicates \(report.duplicates)"
        var playout =
            "jitter p95 \(report.jitterP95.short) ms · mean playout delay \(report.meanPlayoutDelay.short) ms (limit \(report.delayLimit)) · "
            + "concealed \(report.concealedMilliseconds.short) ms (\(report.concealedPercent.short) %)"
        if let drift = report.driftPPM { playout += " · clock \(drift > 0 ? "+" : "")\(drift.short) ppm" }
        if let quality = report.listeningQuality { playout += " · MOS \(quality.short)" }
        if let cause = report.cause { playout += " (\(cause))" }
        return [
            text(
                "\(title) · stream \(stream.number): \(stream.source) → \(stream.destination) · \(report.codec) · SSRC \(stream.ssrc)",
                16, 28, "title"),
            text(arrivals, 16, 50, "summary"), text(playout, 16, 70, "summary"),
        ]
    }

    private var grid: [String] {
        var parts = ["<rect class=\"frame\" \(box(Self.left...Self.right, Self.top...Self.bottom))/>"]
        for mark in delay.marks(atMost: 8) {
            let y = delay.place(mark)
            parts.append("<path class=\"grid\" d=\"M\(Self.left.pixels) \(y.pixels)H\(Self.right.pixels)\"/>")
            parts.append(text("\(mark.short)", Self.left - 8, y + 4, "end"))
        }
        parts.append(text("ms", Self.left - 8, Self.top - 6, "end"))
        if Double(report.delayLimit) < delay.values.upperBound {
            parts.append(
                "<path class=\"limit\" d=\"M\(Self.left.pixels) \(delay.place(Double(report.delayLimit)).pixels)H\(Self.right.pixels)\"/>")
            parts.append(text("delay limit", Self.right - 6, delay.place(Double(report.delayLimit)) + 14, "end"))
        }
        let isLong = time.values.upperBound >= Self.minutes
        for mark in time.marks(atMost: 15, steps: isLong ? [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600] : []) {
            let x = time.place(mark)
            parts.append(
                "<path class=\"grid\" d=\"M\(x.pixels) \(Self.bottom.pixels)V\(Self.top.pixels)M\(x.pixels) \(Self.axis.pixels)v5\"/>")
            parts.append(text(clock(mark), x, Self.axis + 18, "middle"))
        }
        return parts
    }

    /// Seconds, or minutes and seconds where there are many.
    private func clock(_ seconds: Double) -> String {
        guard time.values.upperBound >= Self.minutes else { return "\(seconds.short) s" }
        let whole = Int(seconds.rounded())
        let rest = whole % 60
        return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
    }

    private var legend: [String] {
        let y = Self.height - 14
        var x = Self.left
        var parts: [String] = []
        func entry(_ mark: String, _ name: String) {
            parts.append(mark)
            parts.append(text(name, x + 22, y, ""))
            x += 22 + 6.4 * Double(name.count) + 22
        }
        entry("<path class=\"point\" d=\"M\((x + 8).pixels) \((y - 4).pixels)h0\"/>", "a packet's delay above the fastest")
        entry("<path class=\"playout\" d=\"M\(x.pixels) \((y - 4).pixels)h16\"/>", "playout delay")
        entry("<path class=\"late\" d=\"\(cross(x + 8, y - 4))\"/>", "too late")
        entry("<path class=\"twice\" d=\"\(ring(x + 8, y - 4))\"/>", "duplicate")
        entry("<rect class=\"lost\" \(box(x + 7...x + 9, y - 11...y + 3))/>", "lost")
        entry("<rect class=\"shade\" \(box(x...x + 16, y - 11...y + 3))/>", "concealed")
        if !trace.steps.isEmpty {
            entry("<path class=\"step\" d=\"M\((x + 8).pixels) \((y - 11).pixels)v14\"/>", "the sender's time line starts anew")
        }
        return parts
    }

    // MARK: Marks

    private var shades: [String] {
        pixels(of: trace.concealed).map { "<rect class=\"shade\" \(box($0, Self.top...Self.bottom))/>" }
    }

    /// Spans of time as they are drawn: joined where they are less than half a pixel apart, and at least one and a half wide.
    private func pixels(of times: [Range<Int64>]) -> [ClosedRange<Double>] {
        var spans: [ClosedRange<Double>] = []
        for span in times {
            let start = time.place(Double(span.lowerBound) / 1e9)
            let end = max(time.place(Double(span.upperBound) / 1e9), start + 1.5)
            if let last = spans.last, start - last.upperBound < 0.5 {
                spans[spans.count - 1] = last.lowerBound...max(end, last.upperBound)
            } else {
                spans.append(start...end)
            }
        }
        return spans
    }

    private var lanes: [String] {
        var parts: [String] = []
        for (name, lane) in [("lost", Self.lostLane), ("late", Self.lateLane), ("concealed", Self.concealedLane)] {
            parts.append("<rect class=\"lane\" \(box(Self.left...Self.right, lane))/>")
            parts.append(text(name, Self.left - 8, (lane.lowerBound + lane.upperBound) / 2 + 4, "end"))
        }
        parts.append(text("sound", Self.left - 8, (Self.soundLane.lowerBound + Self.soundLane.upperBound) / 2 + 4, "end"))
        for span in pixels(of: trace.losses) { parts.append("<rect class=\"lost\" \(box(span, Self.lostLane))/>") }
        let late = cells(trace.arrivals.lazy.filter { $0.fate == .late }.map { Double($0.time) / 1e9 })
        parts.append(marks("late", late.map { "M\($0.pixels) \(Self.lateLane.lowerBound.pixels)v18" }))
        for span in pixels(of: trace.concealed) { parts.append("<rect class=\"made\" \(box(span, Self.concealedLane))/>") }
        for step in trace.steps {
            let x = time.place(Double(step) / 1e9)
            parts.append("<path class=\"step\" d=\"M\(x.pixels) \(Self.top.pixels)V\(Self.bottom.pixels)\"/>")
        }
        return parts
    }

    /// Places on the time axis, each half pixel once.
    private func cells(_ seconds: some Sequence<Double>) -> [Double] {
        var last = -1
        return seconds.map { Int((time.place($0) * 2).rounded()) }.sorted().compactMap { cell in
            defer { last = cell }
            return cell == last ? nil : Double(cell) / 2
        }
    }

    private var points: [String] {
        var normal = Set<Cell>()
        var late = Set<Cell>()
        var twice = Set<Cell>()
        var beyond = Set<Cell>()
        for arrival in trace.arrivals {
            let value = Double(arrival.delay) / 1e6
            let cell = Cell(time.place(Double(arrival.time) / 1e9), delay.place(value))
            if value > delay.values.upperBound { beyond.insert(cell) }
            switch arrival.fate {
            case .accepted: normal.insert(cell)
            case .late, .refused: late.insert(cell)
            case .duplicate: twice.insert(cell)
            }
        }
        return [
            marks("point", normal.sorted().map { "M\($0.x.pixels) \($0.y.pixels)h0" }),
            marks("twice", twice.sorted().map { ring($0.x, $0.y) }),
            marks("late", late.sorted().map { cross($0.x, $0.y) }),
            // An arrow out of the picture: the delay is beyond the scale.
            marks("late", beyond.sorted().map { "M\(($0.x - 4).pixels) \((Self.top - 2).pixels)l4 -7l4 7" }),
        ]
    }

    /// A place to half a pixel: what falls on the same is drawn once, which bounds the picture however long the call was.
    private struct Cell: Hashable, Comparable {
        private let column: Int
        private let row: Int

        init(_ x: Double, _ y: Double) {
            column = Int((x * 2).rounded())
            row = Int((y * 2).rounded())
        }

        var x: Double { Double(column) / 2 }
        var y: Double { Double(row) / 2 }

        static func < (left: Cell, right: Cell) -> Bool { (left.column, left.row) < (right.column, right.row) }
    }

    /// Each half pixel's first, lowest, highest and last delay, joined; a pause in playout breaks the line.
    private var playoutLine: String {
        var path = ""
        var column: (cell: Int, rows: [Double])?
        var last: Int64?
        func draw() {
            guard let column else { return }
            let x = (Double(column.cell) / 2).pixels
            for row in column.rows { path += "\(path.isEmpty || path.last == " " ? "M" : "L")\(x) \(row.pixels)" }
        }
        for point in trace.playout {
            let cell = Int((time.place(Double(point.time) / 1e9) * 2).rounded())
            let row = delay.place(Double(point.delay) / 1e6)
            if let last, point.time - last > 500_000_000 {
                draw()
                column = nil
                // What comes next begins a new piece.
                path += " "
            }
            last = point.time
            guard let present = column, present.cell == cell else {
                draw()
                column = (cell, [row])
                continue
            }
            let rows = present.rows + [row]
            column?.rows = [rows[0], rows.min() ?? row, rows.max() ?? row, row]
        }
        draw()
        return path.isEmpty ? "" : "<path class=\"playout\" d=\"\(path)\"/>"
    }

    /// The loudest sample of each pixel, up and down from the middle.
    private var sound: String {
        let columns = Int(Self.right - Self.left)
        var peaks = [Int](repeating: 0, count: columns)
        for (index, peak) in trace.peaks.enumerated() {
            let column = min(Int((time.place(Double(index) * 0.01) - Self.left).rounded(.down)), columns - 1)
            peaks[column] = max(peaks[column], Int(peak))
        }
        // A short call has fewer pieces of 10 ms than pixels.
        if trace.peaks.count < columns {
            for column in peaks.indices {
                let second = Double(column) / Double(columns) * time.values.upperBound
                peaks[column] = Int(trace.peaks[safely: Int(second / 0.01)] ?? 0)
            }
        }
        let middle = (Self.soundLane.lowerBound + Self.soundLane.upperBound) / 2
        let half = (Self.soundLane.upperBound - Self.soundLane.lowerBound) / 2
        // Quiet telephones are seen too: the loudest moment fills the lane.
        let loudest = Double(max(peaks.max() ?? 0, 1_000))
        let path = peaks.enumerated().map { column, peak in
            let size = max(Double(peak) / loudest * half, 0.3)
            return "M\((Self.left + Double(column) + 0.5).pixels) \((middle - size).pixels)v\((2 * size).pixels)"
        }
        return marks("sound", path)
    }

    // MARK: Shapes

    private func marks(_ kind: String, _ shapes: [String]) -> String {
        shapes.isEmpty ? "" : "<path class=\"\(kind)\" d=\"\(shapes.joined())\"/>"
    }

    private func cross(_ x: Double, _ y: Double) -> String {
        "M\((x - 3.5).pixels) \((y - 3.5).pixels)l7 7m0 -7l-7 7"
    }

    private func ring(_ x: Double, _ y: Double) -> String {
        "M\((x - 3.5).pixels) \(y.pixels)a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0"
    }

    private func box(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> String {
        "x=\"\(x.lowerBound.pixels)\" y=\"\(y.lowerBound.pixels)\" width=\"\((x.upperBound - x.lowerBound).pixels)\" "
            + "height=\"\((y.upperBound - y.lowerBound).pixels)\""
    }

    private func text(_ words: String, _ x: Double, _ y: Double, _ kind: String) -> String {
        "<text class=\"\(kind)\" x=\"\(x.pixels)\" y=\"\(y.pixels)\">\(Self.escaped(words))</text>"
    }

    /// File names may hold anything, control characters too, which XML does not take.
    private static func escaped(_ words: String) -> String {
        var escaped = ""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0xFFFE...0xFFFF).contains(scalar.value):
                escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
