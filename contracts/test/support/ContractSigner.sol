// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract that signs (EIP-1271): it answers for one digest, whatever the signature's bytes.
contract ContractSigner is IERC1271 {
    bytes32 public digest;

    function setDigest(bytes32 digest_) external {
        digest = digest_;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return hash == digest ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
