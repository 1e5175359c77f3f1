/// How a language says days and times.
struct ClockWords: Sendable {
    /// `8:30 p.m.`, else `20 Uhr 30`.
    let hasTwelveHours: Bool
    /// `on March third`, else `am dritten März`.
    let monthComesFirst: Bool
    /// Between weekday and day: `am Dienstag, dem dritten März`.
    let article: String?
    /// Singular and plural of hour, minute and second.
    let units: [[String]] = [["time/hour", "time/hours"], ["time/minute", "time/minutes"], ["time/second", "time/seconds"]]

    static let english = ClockWords(hasTwelveHours: true, monthComesFirst: true, article: nil)
    static let german = ClockWords(hasTwelveHours: false, monthComesFirst: false, article: "time/the")

    static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
}

extension SayGrammar {
    /// `tue 03-03` as weekday and day, `2024-03-03` as day and year; nil when it is no date.
    func clips(date text: String) -> [String]? {
        if let space = text.firstIndex(of: " ") {
            let day = String(text[..<space])
            let parts = text[text.index(after: space)...].split(separator: "-").map { Int($0) ?? 0 }
            guard ClockWords.days.contains(day), parts.count == 2, let date = clips(month: parts[0], day: parts[1]) else { return nil }
            return ["time/on", "days/\(day)"] + (clock.article.map { [$0] } ?? []) + date
        }
        let parts = text.split(separator: "-").map { Int($0) ?? 0 }
        guard parts.count == 3, parts[0] > 0, parts[0] <= 9999, let date = clips(month: parts[1], day: parts[2]) else { return nil }
        return ["time/on"] + date + clips(year: parts[0])
    }

    private func clips(month: Int, day: Int) -> [String]? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let (month, day) = ("months/\(ClockWords.months[month - 1])", "ordinal/\(day)")
        return clock.monthComesFirst ? [month, day] : [day, month]
    }

    /// `08:30`; nil when it is no time of day.
    func clips(time text: String) -> [String]? {
        let parts = text.split(separator: ":").map { Int($0) ?? -1 }
        guard parts.count == 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else { return nil }
        let (hour, minute) = (parts[0], parts[1])
        guard clock.hasTwelveHours else {
            return clips(number: hour, one: numbers.stemOfOne) + ["time/oclock"] + (minute == 0 ? [] : clips(number: minute))
        }
        if minute == 0, hour % 12 == 0 { return [hour == 0 ? "time/midnight" : "time/noon"] }
        let minutes = minute == 0 ? [] : (minute < 10 ? ["time/oh"] : []) + clips(number: minute)
        return clips(number: (hour + 11) % 12 + 1) + minutes + [hour < 12 ? "time/am" : "time/pm"]
    }

    /// Hours, minutes and seconds, those that are nothing left out.
    func clips(seconds: Int) -> [String] {
        let seconds = min(max(seconds, 0), 999_999 * 3600)
        let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60]
        let spoken = zip(parts, clock.units).filter { $0.0 > 0 }
        guard !spoken.isEmpty else { return clips(number: 0) + [clock.units[2][1]] }
        return spoken.flatMap { clips(count: $0) + [$0 == 1 ? $1[0] : $1[1]] }
    }

    /// `today 08:30`: the day, then the time. Nothing for what never opens.
    func clips(opening text: String) -> [String] {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 2, let time = clips(time: parts[1]) else { return [] }
        let day: [String]
        switch parts[0] {
        case "today", "tomorrow": day = ["time/\(parts[0])"]
        case let name where ClockWords.days.contains(name): day = ["time/on", "days/\(name)"]
        default: day = clips(date: parts[0]) ?? []
        }
        return day + ["time/at"] + time
    }

    var allDateClips: Set<String> {
        numbers.all.union(ClockWords.days.map { "days/\($0)" }).union(ClockWords.months.map { "months/\($0)" })
            .union((1...31).map { "ordinal/\($0)" }).union(["time/on"] + (clock.article.map { [$0] } ?? []))
            .union(numbers.onesComeFirst ? [] : ["time/oh"])
    }

    var allTimeClips: Set<String> {
        numbers.all.union(clock.hasTwelveHours ? ["time/am", "time/pm", "time/oh", "time/noon", "time/midnight"] : ["time/oclock"])
    }
}
