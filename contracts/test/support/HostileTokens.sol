// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {KustodiaEscrow} from "../../src/KustodiaEscrow.sol";

/// @notice A token that keeps a part of each transfer.
contract FeeToken is ERC20("Fee", "FEE") {
    uint256 public fee;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && fee > 0) super._update(to, address(0xFEE), fee);
    }
}

/// @notice A token that calls the escrow contract back, once, in the middle of a transfer. It holds the bridge and the
/// admin role itself, so that nothing but the reentrancy guard can refuse it.
contract ReentrantToken is ERC20("Reentrant", "RE") {
    KustodiaEscrow private _escrow;
    bytes private _call;
    bytes public refusal;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function approveFromHere(address spender) external {
        _approve(address(this), spender, type(uint256).max);
    }

    function callBack(KustodiaEscrow escrow, bytes calldata call_) external {
        _escrow = escrow;
        _call = call_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_call.length == 0) return;
        bytes memory call_ = _call;
        delete _call;
        (, refusal) = address(_escrow).call(call_);
    }
}
