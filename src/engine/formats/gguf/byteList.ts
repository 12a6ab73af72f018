/** Bytes that grow at their end, little-endian. */
export class ByteList {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private readonly encoder = new TextEncoder();
  length = 0;

  u8(value: number): void {
    const at = this.grow(1);
    this.view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.grow(4);
    this.view.setUint32(at, value, true);
  }

  u64(value: number): void {
    const at = this.grow(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }

  f32(value: number): void {
    const at = this.grow(4);
    this.view.setFloat32(at, value, true);
  }

  /** UTF-8, its length in bytes before it. */
  text(value: string): void {
    const encoded = this.encoder.encode(value);
    this.u64(encoded.length);
    const at = this.grow(encoded.length);
    this.bytes.set(encoded, at);
  }

  zeros(count: number): void {
    this.grow(count);
  }

  whole(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  /** Where the new bytes start. The memory, and with it the view, may be another one afterwards. */
  private grow(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}
