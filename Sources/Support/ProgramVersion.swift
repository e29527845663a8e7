/// The version of both programs, which are released together.
package let programVersion = "0.1.0"
