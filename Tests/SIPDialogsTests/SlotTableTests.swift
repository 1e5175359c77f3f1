import Testing

@testable import SIPDialogs

@Suite struct SlotTableTests {
    private struct Handle: SlotHandle { let number: UInt64 }
    private typealias Table = SlotTable<Handle, [Int]>

    @Test func aValueIsFoundAndChangedUntilItIsRemoved() {
        var table = Table(after: 7)
        let (first, second) = (table.insert([1]), table.insert([2]))
        table[first]?.append(10)
        #expect(table[first] == [1, 10] && table[second] == [2] && table.count == 2)
        #expect(table.remove(first) == [1, 10] && table[first] == nil && table.count == 1)
        table[first]?.append(11)
        #expect(table.remove(first) == nil && table[second] == [2] && table.count == 1)
    }

    /// A handle of a call that is over never means the call that has its place now.
    @Test func aPlaceThatIsUsedAgainHasAnotherNumber() {
        var table = Table(after: .max)
        var former: Set<Handle> = []
        for round in 0..<100 {
            let handle = table.insert([round])
            #expect(handle.number != 0 && former.insert(handle).inserted)
            #expect(former.filter { table[$0] != nil } == [handle])
            table.remove(handle)
        }
    }

    @Test(arguments: [0, 1, 999, UInt64.max, UInt64.max - 4_294_967_295])
    func numbersThatWereNeverGivenOutFindNothing(_ number: UInt64) {
        var table = Table(after: 100)
        #expect(table[Handle(number: number)] == nil && table.remove(Handle(number: number)) == nil)
        let handle = table.insert([1])
        #expect(table[Handle(number: number)] == nil && table[handle] == [1])
    }

    @Test func allThatStandAreListedAlsoAfterAFlood() {
        var table = Table(after: 3)
        let handles = (0..<5_000).map { table.insert([$0]) }
        for handle in handles.dropLast() { table.remove(handle) }
        #expect(table.entries.map(\.value) == [[4_999]] && table.entries.first?.handle == handles.last)
        table.remove(handles[4_999])
        #expect(table.count == 0 && table.entries.isEmpty && handles.allSatisfy { table[$0] == nil })
        let next = table.insert([1])
        #expect(table[next] == [1] && !handles.contains(next))
    }
}
