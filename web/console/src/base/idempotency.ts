// A key for one intended act. It begins with the time (48 bits), so that the server's index stays in order.
export function newIdempotencyKey(wallMilliseconds: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10))
  const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return wallMilliseconds.toString(16).padStart(12, '0').slice(-12) + tail
}
