import FuzzDriver

@main enum Entry {
    static func main() { drive(HeaderFuzzing.check) }
}
