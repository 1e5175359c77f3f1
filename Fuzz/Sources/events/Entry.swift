@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try UserAgentFuzzing.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

// SwiftPM names an executable's entry point after its target; libFuzzer's own `main` is not linked then.
@_cdecl("events_main")
public func start(_ count: CInt, _ words: Words?) -> CInt {
    var (count, words) = (count, words)
    return runDriver(&count, &words, testOneInput)
}

public typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<Words?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
