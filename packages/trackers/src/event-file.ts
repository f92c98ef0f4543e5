import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import crc32c from 'crc-32/crc32c.js';
import { type Event, EventSchema } from './protos/tensorflow/core/util/event_pb.gen.js';

// TensorBoard's event files: TFRecords of `tensorflow.Event`. A record is the length (uint64, little-endian), its checksum, the
// bytes and theirs (tensorflow/core/lib/io/record_writer.h).

const HEADER = 12;
const FOOTER = 4;

/** An event as a record. */
export function eventRecord(event: MessageInitShape<typeof EventSchema>): Buffer {
  const data = toBinary(EventSchema, create(EventSchema, event));
  const record = Buffer.alloc(HEADER + data.length + FOOTER);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(data, HEADER);
  record.writeUInt32LE(maskedChecksum(data), HEADER + data.length);
  return record;
}

/** The events of a file, up to a record that is cut off or damaged. */
export function* eventsIn(file: Buffer): Generator<Event> {
  for (let start = 0; start + HEADER <= file.length;) {
    const length = Number(file.readBigUInt64LE(start));
    const end = start + HEADER + length;
    if (file.readUInt32LE(start + 8) !== maskedChecksum(file.subarray(start, start + 8))) return;
    if (end + FOOTER > file.length) return;
    const data = file.subarray(start + HEADER, end);
    if (file.readUInt32LE(end) !== maskedChecksum(data)) return;
    yield fromBinary(EventSchema, data);
    start = end + FOOTER;
  }
}

/** CRC-32C, rotated and moved, so that a checksum of bytes that hold checksums is of use (tensorflow/core/lib/hash/crc32c.h). */
function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c.buf(bytes) >>> 0;
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
